/** Kind of scans that are traces on a grid. */
export const TRACES = 'seismic.traces';
