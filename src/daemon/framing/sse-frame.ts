/** Prints one frame. */
export const sseFrame = (event: string | undefined, data: string): string =>
  event === undefined ? `data: ${data}\n\n` : `event: ${event}\ndata: ${data}\n\n`;
