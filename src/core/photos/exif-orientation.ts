const orientationTag = 0x0112;
const shortType = 3;

/** Orientation of an EXIF segment's content, 1 to 8; undefined when it has none that can be read. Never throws. */
export function exifOrientation(segment: Uint8Array): number | undefined {
  const isExif = [0x45, 0x78, 0x69, 0x66, 0, 0].every((byte, index) => segment[index] === byte);
  if (!isExif || segment.length < 14) return undefined;
  const tiff = new DataView(segment.buffer, segment.byteOffset + 6, segment.byteLength - 6);
  const order = tiff.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return undefined;
  const little = order === 0x4949;
  const directory = tiff.getUint32(4, little);
  if (directory + 2 > tiff.byteLength) return undefined;
  const count = tiff.getUint16(directory, little);
  for (let index = 0; index < count; index += 1) {
    const entry = directory + 2 + index * 12;
    if (entry + 12 > tiff.byteLength) return undefined;
    if (tiff.getUint16(entry, little) !== orientationTag) continue;
    const value = tiff.getUint16(entry + 8, little);
    return tiff.getUint16(entry + 2, little) === shortType && value >= 1 && value <= 8 ? value : undefined;
  }
  return undefined;
}
