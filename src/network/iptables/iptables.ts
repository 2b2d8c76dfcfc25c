/** The iptables rules of one family on a host: those of the kernel, or a fake's. */
export interface Iptables {
  /** All rules, as `iptables-save` prints them. Rejects with an IptablesError. */
  save(): Promise<string>;
  /**
   * Applies the input of `iptables-restore --noflush`, each table in one step. Rejects with an IptablesError; then tables
   * before the one that failed may have been changed.
   */
  restore(text: string): Promise<void>;
}
