/** Ends a command with what its user can mend; with the stack only where it is not theirs. */
export function failWith(command, error) {
  const isTheirs = error.constructor === Error || error.code?.startsWith('ERR_PARSE_ARGS');
  console.error(isTheirs ? `${command}: ${error.message}` : error);
  process.exitCode = 1;
}
