/** A disposable that calls `dispose` the first time it is disposed and never again. */
export function onDispose(dispose: () => void): Disposable {
  let pending: (() => void) | undefined = dispose;
  return {
    [Symbol.dispose]: () => {
      const call = pending;
      pending = undefined;
      call?.();
    },
  };
}

/** Calls `callback` when the signal aborts, at once when it already has, unless disposed before. */
export function onAbort(signal: AbortSignal, callback: () => void): Disposable {
  if (signal.aborted) {
    callback();
    return onDispose(() => undefined);
  }
  signal.addEventListener("abort", callback, { once: true });
  return onDispose(() => signal.removeEventListener("abort", callback));
}

/** The promise's outcome, or a rejection with the signal's reason if that comes first. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const aborted = Promise.withResolvers<never>();
  using _ = onAbort(signal, () => aborted.reject(signal.reason as Error));
  return await Promise.race([promise, aborted.promise]);
}
