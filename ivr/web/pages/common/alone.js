// Of several tabs with the same page one does what only one may do, such as having a telephone registered.
const SOON_MS = 500; // a page that is loaded anew gives way to itself

// Settles when it is ours: at once, or when the tab that has it is closed. waits(): another tab has it.
export function alone(name, waits) {
  if (!navigator.locks) return Promise.resolve(); // only over https, and on the machine itself
  return new Promise((ours) => {
    const timer = setTimeout(waits, SOON_MS);
    const got = () => {
      clearTimeout(timer);
      ours();
    };
    navigator.locks.request(name, () => {
      got();
      return new Promise(() => {}); // as long as the page is there
    }).catch(got);
  });
}
