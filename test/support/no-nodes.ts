/** What a fan-out needs of other nodes where there are none. */
export const noNodes = {
  begin: () => undefined,
  committed: () => undefined,
  skipped: () => undefined,
  rolledBack: () => undefined,
};
