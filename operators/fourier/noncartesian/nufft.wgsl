// Between images, oversampled grids and samples anywhere in k-space, one grid a coil; formulas are those of nufft.as.ts. An element of the
// result a thread: nothing is added to what another thread writes. A row of the sample table: row and column of the first grid point, then
// `width` weights along rows and `width` along columns.

fn weight(entry: u32) -> f32 {
  let width = params.extent;
  let at = (entry / (width * width)) * (2u + 2u * width) + 2u;
  let row = bitcast<f32>(samples[at + entry / width % width]);
  return row * bitcast<f32>(samples[at + width + entry % width]);
}
