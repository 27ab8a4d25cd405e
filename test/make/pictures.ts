import { encode } from 'jpeg-js';
import { PNG } from 'pngjs';
import type { Pixels } from '../../src/core/photos/pixels.ts';

type Colour = readonly [red: number, green: number, blue: number, opacity?: number];

/** A picture of which each pixel is asked for. */
export function picture(widthPx: number, heightPx: number, colourAt: (x: number, y: number) => Colour): Pixels {
  const rgba = new Uint8Array(widthPx * heightPx * 4);
  for (let y = 0; y < heightPx; y += 1) {
    for (let x = 0; x < widthPx; x += 1) {
      const [red, green, blue, opacity = 255] = colourAt(x, y);
      rgba.set([red, green, blue, opacity], (y * widthPx + x) * 4);
    }
  }
  return { widthPx, heightPx, rgba };
}

/** A sky, a sun and hills: something to recognise on a screenshot. `hue` 0 to 1 tells pictures apart. */
export function landscape(widthPx: number, heightPx: number, hue: number): Pixels {
  const sun = { x: widthPx * (0.2 + 0.6 * hue), y: heightPx * 0.3, radius: heightPx * 0.12 };
  return picture(widthPx, heightPx, (x, y) => {
    const [across, down] = [x / widthPx, y / heightPx];
    const grain = ((x * 7919 + y * 104_729) % 17) - 8;
    const hill = 0.62 + 0.1 * Math.sin(across * 7 + hue * 9) + 0.05 * Math.sin(across * 19 + hue * 31);
    if (down > hill + 0.15) return shaded([40 + 60 * hue, 96, 60 + 40 * (1 - hue)], grain);
    if (down > hill) return shaded([70 + 50 * hue, 130, 90], grain);
    if (Math.hypot(x - sun.x, y - sun.y) < sun.radius) return [255, 226, 140];
    return shaded([120 + 110 * hue * (1 - down), 160 + 40 * down, 235 - 110 * hue * down], grain / 2);
  });
}

function shaded([red, green, blue]: Colour, by: number): Colour {
  const within = (value: number) => Math.max(0, Math.min(255, Math.round(value + by)));
  return [within(red), within(green), within(blue)];
}

/** A JPEG file; with an orientation it has an EXIF segment, as cameras write it, with a place in it. */
export function jpegFile({ widthPx, heightPx, rgba }: Pixels, orientation?: number): Buffer {
  const { data } = encode({ width: widthPx, height: heightPx, data: rgba }, 90);
  if (orientation === undefined) return data;
  const exif = Buffer.alloc(10 + 8 + 2 + 12 + 4 + secretPlace.length);
  exif.writeUInt16BE(0xffe1, 0);
  exif.writeUInt16BE(exif.length - 2, 2);
  exif.write('Exif\0\0', 4, 'latin1');
  exif.write('II*\0', 10, 'latin1');
  exif.writeUInt32LE(8, 14);
  exif.writeUInt16LE(1, 18);
  exif.writeUInt16LE(0x0112, 20);
  exif.writeUInt16LE(3, 22);
  exif.writeUInt32LE(1, 24);
  exif.writeUInt16LE(orientation, 28);
  exif.write(secretPlace, 36, 'latin1');
  return Buffer.concat([data.subarray(0, 2), exif, data.subarray(2)]);
}

/** Text in the EXIF segment that no thumbnail may carry. */
export const secretPlace = '59.9139N 10.7522E';

/** A PNG file with opacity. */
export function pngFile({ widthPx, heightPx, rgba }: Pixels): Buffer {
  const png = new PNG({ width: widthPx, height: heightPx });
  png.data = Buffer.from(rgba);
  return PNG.sync.write(png);
}

/** A PNG whose header claims a size that its pixels do not have. */
export function pngClaiming(widthPx: number, heightPx: number): Buffer {
  const file = pngFile(picture(2, 2, () => [0, 0, 0]));
  file.writeUInt32BE(widthPx, 16);
  file.writeUInt32BE(heightPx, 20);
  return file;
}
