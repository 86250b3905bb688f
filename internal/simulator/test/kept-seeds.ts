/** Seeds that once found a bug. What a seed plays changes with the simulator's dice: a bug also wants a test of its own. */
export const keptSeeds: readonly number[] = [
  8, 12, 34, 40, 114, 132, 152, 154, 170, 194, 219, 247, 207, 295, 331, 416, 1_242, 1_289, 1_398, 2_023,
  2_072, 10_103, 10_271, 72_000_692,
];

/** On a store that nodes share. */
export const keptSharedSeeds: readonly number[] = [296, 334, 468];
