/** What the viewer (viewer.ts) shows: plain data, so that a report can carry it in one file. */
export interface ViewerInput {
  /** Of all images, slices first as the volumes have them. */
  readonly shape: readonly number[];
  readonly axes: readonly string[];
  readonly planes: readonly ViewerPlane[];
  readonly images: readonly ViewerImage[];
  readonly overlays: readonly ViewerOverlay[];
  readonly window: { readonly low: number; readonly high: number };
  readonly presets: readonly ViewerPreset[];
  /** How the unit is written: HU. */
  readonly unit: string;
}

/** Two of a volume's axes as they lie on the screen. */
export interface ViewerPlane {
  readonly name: string;
  /** The axes that run to the right and down. */
  readonly across: number;
  readonly down: number;
  /** Against their counting. */
  readonly flipX: boolean;
  readonly flipY: boolean;
  /** Size of a pixel; planes of one unit are drawn to one scale. */
  readonly pixel: readonly [number, number];
  readonly unit?: string;
  /** What lies at the left and at the top: R, S, or nothing. */
  readonly left: string;
  readonly top: string;
}

/** An image: value = scale · data + offset. */
export interface ViewerImage {
  readonly name: string;
  readonly data: ArrayLike<number>;
  readonly scale: number;
  readonly offset: number;
}

/** What may lie over an image. */
export interface ViewerOverlay extends ViewerImage {
  /** Number of the image it belongs to; absent for all. */
  readonly of?: number;
  /** signed: colours from −limit to limit; size: from 0 to limit; missing: lines where the value is below ½. */
  readonly kind: 'signed' | 'size' | 'missing';
  readonly limit: number;
}

export interface ViewerPreset {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}
