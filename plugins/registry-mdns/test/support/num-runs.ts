/** How many cases a property is tried with. */
export const numRuns: number = process.env.CI === undefined ? 1000 : 10_000;
