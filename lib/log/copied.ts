/** A copy of a string: one that was cut out of another keeps that alive, however long it is. */
export function copied<S extends string>(text: S): S {
  return ` ${text}`.slice(1) as S;
}
