/**
 * Sends a signal to a process of this host, or with a negative number to its group; 0 is no process. One that has ended
 * in the meantime is left at that.
 */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    if (pid !== 0) process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
