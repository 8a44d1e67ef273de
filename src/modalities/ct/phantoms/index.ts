export { rotationOf, type Ellipsoid, type Phantom } from './phantom.js';
export { projectCone, projectFan, projectParallel, projectVectors, type ProjectOptions, type Projections } from './project.js';
export { rasterise } from './rasterise.js';
export { phantomGrid, phantoms, type PhantomEntry } from './registry.js';
