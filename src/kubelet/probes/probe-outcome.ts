/** What one probe found. `output` is told to the pod's owner. */
export type ProbeOutcome =
  | { readonly result: "success"; readonly output: string }
  /** The probe succeeded, but in a way that its author may not have meant. */
  | { readonly result: "warning"; readonly output: string }
  | { readonly result: "failure"; readonly output: string };

/** As much as is read of an answer (`pkg/probe`). */
export const MAX_OUTPUT_BYTES = 10 * 1024;
