// Images in the middle of their grids. `weights`: of the rows, then of the columns. Maps and grids have an image a coil, x has one.

fn product(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> { return vec2<f32>(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x); }
fn product_conjugate(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> { return vec2<f32>(a.x * b.x + a.y * b.y, a.x * b.y - a.y * b.x); }

fn top() -> u32 { return (params.grid_rows >> 1u) - (params.rows >> 1u); }
fn left() -> u32 { return (params.grid_columns >> 1u) - (params.columns >> 1u); }
