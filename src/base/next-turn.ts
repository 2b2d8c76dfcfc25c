/** Lets everything else that is ready run first, input and output included. Long loops call it now and then. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
