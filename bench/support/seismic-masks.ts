/**
 * The random masks of the table in the trial of these methods: NumPy's default_rng(1).permutation(traces)[:round(share · traces)] are
 * missing; bits of trace 0, 1, … from the highest of each byte (np.packbits), 1 for live. test/golden/scripts/seismic-masks.py made them.
 */
export const TRIAL_MASKS: { readonly [line: string]: { readonly [mask: string]: string } } = {
  real3d: {
    random30:
      'f79f6efe7ef73efeea91ff9ffa36efef5bdff912e88ffa9ef5f77bffaeabd775f876dd75ffaf7dbfffae3fdfff9ffd07fbf3dc57d73ff1eabdfe7caeff9e53fa9d1bfeeee77fff77aaff8d5f6be36b0a6bb6b07ecfdbdf78bd2774f8f8aff7f5cb1bddcf853b2465fc1a79f79fefffb34d4e75fabff7cdfe3b3ff65ce7',
    random50:
      'b79f2a32667728fa8291879d5a26a72d1b01f012688ff09874756bf480a35655f826dd7179ae78aff78c34dfaf9b3807aad31c56d73fd1ea9da47426d31a5372901a1a6ac662ff57aabf885b68e26a0a4b10b07c83d95958ad257428e806d7c14203d90e853b2460bc1a69679bee33b2454c61f0b627cd5a1a3e365ce7',
    random70:
      '301a0032666320ea829106154a24a60c1801a012288e3080146503f080000611b020902039a670a5678c244f2c80180482d31002c527d12891200406d01853029010186a4062c7078a9e804a68a02a024000003c80c850102d2114204804d08000034000053804609c12010782ec21a0444c6160b007495a122e265862',
  },
  teapot: {
    random30: 'b01a987aefefefeffaffc65f6aa4bf0edcd3f83abdefdb38f774ffb7d6bbf28fafb7f9dccfb777ffffffaf7e70',
    random50: '3018886a67e76dee8add065b6aa0bf0ec851a03aa9cf5318f574d7b2c030d285a1b1d1004fb776e6feff2f5c00',
    random70: '3018004a6162652a889c045b2a80aa004800803288c21010916417b08000d201a0314000092770c2f6ce265800',
  },
  teapot251: {
    random30: 'b01a987aefefefeffaffc65f6aa4bf0edcd3f83abdefdb38f774ffb7d6bbf28fafb7f9dccfb777ffffffaf7e70',
    random50: '3018886a67e76dee8add065b6aa0bf0ec851a03aa9cf5318f574d7b2c030d285a1b1d1004fb776e6feff2f5c00',
    random70: '3018004a6162652a889c045b2a80aa004800803288c21010916417b08000d201a0314000092770c2f6ce265800',
  },
  shot: {
    random30: 'ba39e16aff6ef7eeedfd2c7fee85fa6adf5af4adeeeefb7ffbefedf3b1',
    random50: 'b03941485966f5aa8dbc247d2e84ba60cf5020a5ccee1a7dd2eeedf391',
    random70: 'b0380040496274a20c8c24152a801a2048402020ccc61071402ea47380',
  },
  volve: {
    random30: 'f23bc15affe6f7eabdfc357daa93ffa07e717dedfeffdefffd40',
    random50: 'f03b8042596675aa8c9c255daa823a206a507c69feff54fbf840',
    random70: 'b0380040486274a20c8c24152a801a20484028608ec254723800',
  },
  arb: {
    random30: 'b239e17affe6f7eafdfc3cffeed3fb2aeaef2f6affde96fd65e6fdcf80',
    random50: 'b039415859e6f5aa9d9c345d2e80ba20c8482162dfc696fd65e6fdce80',
    random70: 'b0380040486274a20c8c24152a801a2048402020cdc600b0056639c400',
  },
};
