/** Pictures of one pixel, as small as they get: what tests send and what simulated vendors draw. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const JPEG = '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////2Q==';

export const PNG_BYTES = Buffer.from(PNG, 'base64');
export const PNG_URL = `data:image/png;base64,${PNG}`;

/** A picture as a form has it. */
export const pngFile = (name = 'cat.png', type = 'image/png'): File => new File([PNG_BYTES], name, { type });
