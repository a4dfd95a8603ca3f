// Charts follow the theme when it is switched.
document.addEventListener("theme", (event) => {
  for (const image of document.querySelectorAll("img[data-address]")) {
    for (const source of image.parentElement.querySelectorAll("source[data-theme]")) source.remove();
    image.parentElement.querySelector("source[data-narrow]").srcset = `${image.dataset.address}${event.detail}&narrow=1`;
    image.src = image.dataset.address + event.detail;
  }
});
