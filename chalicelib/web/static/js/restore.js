/** WeChat on iOS brings a page back with its old state: spent tokens, a frozen countdown. */
export function reloadWhenRestored(win) {
  win.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      win.location.reload();
    }
  });
}
