/**
 * The one file that knows niivue, which renders volumes in three dimensions with WebGL 2. Fetched (2.9 MB) when that is asked for.
 * @param bytes a NIfTI file
 * @throws Error where there is no WebGL 2
 */
export async function lazyNiivue(canvas: HTMLCanvasElement, bytes: Uint8Array): Promise<void> {
  if (!document.createElement('canvas').getContext('webgl2')) throw new Error('this browser has no WebGL 2');
  const { Niivue, NVImage } = await import('@niivue/niivue');
  const view = new Niivue({ backColor: [0.06, 0.07, 0.08, 1], show3Dcrosshair: false, logLevel: 'error' });
  await view.attachToCanvas(canvas);
  const image = await NVImage.loadFromFile({ file: new File([bytes as Uint8Array<ArrayBuffer>], 'volume.nii'), name: 'volume.nii' });
  view.addVolume(image);
  view.setSliceType(view.sliceTypeRender);
}
