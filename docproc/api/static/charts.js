// Charts follow the theme when it is switched.
document.addEventListener("theme", (event) => {
  for (const image of document.querySelectorAll("img[data-address]")) {
    image.parentElement.querySelector("source")?.remove();
    image.src = image.dataset.address + event.detail;
  }
});
