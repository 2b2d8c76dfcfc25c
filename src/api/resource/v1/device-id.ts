/** A device, or the share of one, across all drivers. */
export interface SharedDevice {
  readonly driver: string;
  readonly pool: string;
  readonly device: string;
  readonly shareID?: string;
}

/** The names of the fields are those that error messages print. */
export function sharedDeviceId({ driver, pool, device, shareID = "" }: SharedDevice) {
  return { Driver: driver, Pool: pool, Device: device, ShareID: shareID };
}

/** Which of some devices are meant, by their ids. */
export function sharedDeviceSet(devices: readonly SharedDevice[]): (device: SharedDevice) => boolean {
  const ids = new Set(devices.map((device) => JSON.stringify(sharedDeviceId(device))));
  return (device) => ids.has(JSON.stringify(sharedDeviceId(device)));
}
