/** slicewise in a page. Networks are not run in pages yet: classical methods, operators, formats and metrics are. */
export * from './api.js';
