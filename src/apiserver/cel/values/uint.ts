/** An unsigned integer of 64 bits; signed ones are bigints. */
export class Uint {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}
