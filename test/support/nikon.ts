/** A scan of five projections of 3 × 4 pixels, as a Nikon scanner leaves them: float32 grey values, the white level 60,000. */
const header = [
  '[XTekCT]',
  'Name=disc',
  'OperatorID=0',
  'DetectorPixelsX=4',
  'DetectorPixelSizeX=0.4',
  'DetectorPixelsY=3',
  'DetectorPixelSizeY=0.2',
  'SrcToObject=120',
  'SrcToDetector=600',
  'MaskRadius=8.5',
  'DetectorOffsetX=0',
  'ObjectOffsetX=0.3',
  'InitialAngle=10',
  'AngularStep=72',
  'Projections=5',
  'WhiteLevel=60000',
  '',
  '[Xrays]',
  'XraykV=90',
].join('\r\n');

const line = (view: number, row: number, column: number): number => 0.1 + 0.37 * view + 0.05 * row + 0.011 * column;
const intensity = (view: number, row: number, column: number): number => 60_000 * Math.exp(-line(view, row, column));
const projections = Array.from({ length: 5 }, (_, view) =>
  Float32Array.from({ length: 12 }, (_, n) => intensity(view, Math.floor(n / 4), n % 4)),
);

export const nikonScan = { header, line, intensity, projections };
