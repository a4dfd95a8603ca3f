"""Pure values and rules: nothing here reads a file, a socket, a clock or a pixel."""
