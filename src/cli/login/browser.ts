/** Opens an address in the person's browser; false when that cannot be done. */
export async function openBrowser(url: string): Promise<boolean> {
  if (!/^https?:$/.test(new URL(url).protocol)) return false;
  const { default: open } = await import('open');
  try {
    const child = await open(url);
    // A missing program is told later, by an event; the address stands on the screen in any case.
    child.once('error', () => undefined);
    return true;
  } catch {
    return false; // no such program: the address stands on the screen
  }
}
