/** A rejection that ends whoever awaits it, and does not bring the process down where nobody does. */
export function handledRejection(error: unknown): Promise<never> {
  const rejection: Promise<never> = Promise.reject(error);
  rejection.catch(() => undefined);
  return rejection;
}
