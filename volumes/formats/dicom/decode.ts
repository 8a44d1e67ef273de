import type { OpenJpeg } from '@cornerstonejs/codec-openjpeg';
import { SlicewiseError } from '../../../core/errors.js';
import type { PixelFormat } from './image.js';

/** Pixels as unsigned words in our byte order. */
export type Words = Uint8Array | Uint16Array | Uint32Array;

/** Little-endian bytes as words of `size` bytes. */
export function asWords(bytes: Uint8Array, size: number): Words {
  const whole = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  const [buffer, at, count] = [whole.buffer as ArrayBuffer, whole.byteOffset, Math.floor(whole.length / size)];
  return size === 1 ? whole : size === 2 ? new Uint16Array(buffer, at, count) : new Uint32Array(buffer, at, count);
}

/** One decode at a time: the codecs give a view of memory that the next decode may overwrite. */
let queue: Promise<unknown> = Promise.resolve();

/**
 * A compressed grey frame as words. `codec` is the transfer syntax whose decoder reads it.
 * @throws SlicewiseError FORMAT when the stream is damaged or not of the size the header says
 */
export async function decodeFrame(frame: Uint8Array, format: PixelFormat, codec: string, name: string): Promise<Words> {
  refuseInexact(frame, format, codec, name);
  const stated = statedSize(frame);
  // before it is decoded: a damaged size makes the decoders work for minutes
  if (stated && (stated.rows !== format.rows || stated.columns !== format.columns)) {
    throw notAsSaid(format, `${stated.rows} × ${stated.columns}`, name);
  }
  const work = JPEG_2000.includes(codec) ? decodeJpeg2000 : decodeOther;
  const turn = queue.then(() => work(frame, format, codec));
  queue = turn.catch(() => undefined);
  const { bytes, size, rows, columns } = await turn.catch((cause: unknown) => {
    throw new SlicewiseError('FORMAT', {
      message: `${name}: the compressed stream cannot be decoded`,
      got: cause instanceof Error ? cause.message : String(cause),
      hint: 'the file is truncated or damaged; copy or download it again',
      cause,
    });
  });
  if (rows !== format.rows || columns !== format.columns || bytes.length !== rows * columns * size) {
    throw notAsSaid(format, `${rows} × ${columns}, ${bytes.length} bytes`, name);
  }
  return asWords(bytes, size);
}

const notAsSaid = ({ rows, columns }: PixelFormat, got: string, name: string): SlicewiseError =>
  new SlicewiseError('FORMAT', {
    message: `${name}: the compressed image is not what the header says`,
    expected: `${rows} × ${columns} grey pixels`,
    got,
  });

/**
 * The size that a stream says of itself: the frame header of JPEG and JPEG-LS (T.81 B.2.2, T.87 C.2.2), the size marker of JPEG 2000 and
 * HTJ2K (T.800 A.5.1). Undefined where it is not found, or said later (rows of 0).
 */
function statedSize(frame: Uint8Array): { rows: number; columns: number } | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (frame.length >= 24 && view.getUint32(0) === 0xff4fff51) {
    return { rows: view.getUint32(12) - view.getUint32(20), columns: view.getUint32(8) - view.getUint32(16) };
  }
  for (let at = 2; at + 9 <= frame.length && frame[at] === 0xff; at += 2 + view.getUint16(at + 2)) {
    const marker = frame[at + 1];
    if (marker === 0xda) return undefined;
    const isFrame = marker === 0xf7 || (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker));
    if (!isFrame) continue;
    const [rows, columns] = [view.getUint16(at + 5), view.getUint16(at + 7)];
    return rows === 0 ? undefined : { rows, columns };
  }
  return undefined;
}

interface Decoded {
  readonly bytes: Uint8Array;
  /** Bytes of a pixel: streams of up to 8 bits decode to bytes even where 16 are allocated. */
  readonly size: number;
  readonly rows: number;
  readonly columns: number;
}

const JPEG_2000: readonly string[] = ['1.2.840.10008.1.2.4.90', '1.2.840.10008.1.2.4.91'];
const JPEG_LOSSLESS = '1.2.840.10008.1.2.4.57';

/**
 * The lossless JPEG decoder halves predictor 7 without rounding down (ITU-T T.81 H.1.2.1): right while no value wraps around 16 bits,
 * wrong by one where it does. So a stream that may wrap is refused.
 */
function refuseInexact(frame: Uint8Array, format: PixelFormat, codec: string, name: string): void {
  if (codec !== JPEG_LOSSLESS || format.bitsStored < 16 || jpegPredictor(frame) !== 7) return;
  throw new SlicewiseError('FORMAT_UNSUPPORTED', {
    message: `${name}: predictor 7 of 16-bit lossless JPEG is not supported`,
    hint: 'decompress the files first (dcmdjpeg)',
  });
}

/** Ss of the first scan header (T.81 B.2.3). */
function jpegPredictor(frame: Uint8Array): number | undefined {
  let at = 2;
  while (at + 4 < frame.length && frame[at] === 0xff) {
    const length = (frame[at + 2] << 8) | frame[at + 3];
    if (frame[at + 1] === 0xda) return frame[at + 5 + 2 * frame[at + 4]];
    at += 2 + length;
  }
  return undefined;
}

const JPEG_LS: readonly string[] = ['1.2.840.10008.1.2.4.80', '1.2.840.10008.1.2.4.81'];

/** CharLS looks for the end of a stream that has none in all of its memory, for seconds: such a one gets an end. */
function ended(frame: Uint8Array, codec: string): Uint8Array {
  const last = frame[frame.length - 1] === 0 ? frame.length - 2 : frame.length - 1; // a frame of odd length is padded
  if (!JPEG_LS.includes(codec) || (frame[last - 1] === 0xff && frame[last] === 0xd9)) return frame;
  const out = new Uint8Array(frame.length + 2);
  out.set(frame);
  out.set([0xff, 0xd9], frame.length);
  return out;
}

async function decodeOther(frame: Uint8Array, format: PixelFormat, codec: string): Promise<Decoded> {
  const { default: codecs } = await import('@cornerstonejs/dicom-codec');
  const { rows, columns, bitsAllocated, signed } = format;
  const info = { rows, columns, bitsAllocated, samplesPerPixel: 1, pixelRepresentation: signed ? 1 : 0, signed };
  const { imageFrame, imageInfo } = await codecs.decode(ended(frame, codec), info, codec);
  const size = (imageInfo.bitsPerSample ?? bitsAllocated) <= 8 ? 1 : 2;
  return { bytes: copyOf(imageFrame), size, rows: imageInfo.height ?? rows, columns: imageInfo.width ?? columns };
}

let openJpeg: Promise<OpenJpeg> | undefined;
let complaints: string[] = [];

/** OpenJPEG by itself, because it talks on the console and reports failure only there. */
async function decodeJpeg2000(frame: Uint8Array): Promise<Decoded> {
  openJpeg ??= startOpenJpeg();
  const decoder = new (await openJpeg).J2KDecoder();
  complaints = [];
  try {
    decoder.getEncodedBuffer(frame.length).set(frame);
    decoder.decode();
    if (complaints.length > 0) throw new Error(complaints.join('; '));
    const { width, height, bitsPerSample } = decoder.getFrameInfo();
    return {
      bytes: copyOf(decoder.getDecodedBuffer()),
      size: bitsPerSample <= 8 ? 1 : 2,
      rows: height,
      columns: width,
    };
  } finally {
    decoder.delete();
  }
}

/** WebAssembly where its file is found beside the code (four times as fast), else the JavaScript build. */
async function startOpenJpeg(): Promise<OpenJpeg> {
  const listen = (line: string) => {
    if (line.startsWith('[ERROR]')) complaints.push(line.slice(8));
  };
  const talk = { print: listen, printErr: listen };
  try {
    return await (await import('@cornerstonejs/codec-openjpeg/wasmjs')).default(talk);
  } catch {
    return (await import('@cornerstonejs/codec-openjpeg')).default(talk);
  }
}

const copyOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
