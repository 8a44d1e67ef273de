/** What we use of two packages that have no types of their own. */
declare module '@cornerstonejs/dicom-codec' {
  interface ImageInfo {
    rows: number;
    columns: number;
    bitsAllocated: number;
    samplesPerPixel: number;
    pixelRepresentation: number;
    signed: boolean;
  }
  interface Decoded {
    imageFrame: ArrayBufferView;
    imageInfo: { width?: number; height?: number; bitsPerSample?: number; componentCount?: number };
  }
  const codec: { decode(frame: Uint8Array, info: ImageInfo, transferSyntax: string): Promise<Decoded> };
  export default codec;
}

declare module '@cornerstonejs/codec-openjpeg' {
  export interface J2KDecoder {
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    getDecodedBuffer(): ArrayBufferView;
    getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number };
    delete(): void;
  }
  export interface OpenJpeg {
    J2KDecoder: new () => J2KDecoder;
  }
  const factory: (module: { print(line: string): void; printErr(line: string): void }) => Promise<OpenJpeg>;
  export default factory;
}

declare module '@cornerstonejs/codec-openjpeg/wasmjs' {
  export { default } from '@cornerstonejs/codec-openjpeg';
}
