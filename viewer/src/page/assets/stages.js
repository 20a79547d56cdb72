// A run takes a second or two: the button says so, and cannot be pressed twice.

for (const form of document.querySelectorAll("form.run")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button");
    button.dataset.label = button.textContent;
    button.textContent = "Running…";
    // A form without its button would not be sent: it is disabled when it is on its way.
    setTimeout(() => (button.disabled = true));
  });
}

// Back from the result: the page may be the one that was left. A new one is shown, too, and somebody may have been quick.
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  for (const button of document.querySelectorAll("form.run button[data-label]")) {
    button.textContent = button.dataset.label;
    button.disabled = false;
  }
});
