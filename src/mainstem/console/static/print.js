// Buttons that print the page; without a script the browser's own menu does it.
(() => {
  "use strict";
  for (const button of document.querySelectorAll("[data-print]")) {
    button.classList.remove("invisible"); // its place is kept, so that nothing moves
    button.addEventListener("click", () => { window.print(); });
  }
})();
