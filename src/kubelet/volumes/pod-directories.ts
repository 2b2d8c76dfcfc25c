import { join } from "node:path";

/** Where the kubelet keeps the files of pods; the layout is upstream's (`pkg/kubelet/kubelet_getters.go`). */
export class PodDirectories {
  readonly #root: string;

  constructor(rootDirectory: string) {
    this.#root = rootDirectory;
  }

  get pods(): string {
    return join(this.#root, "pods");
  }

  pod(uid: string): string {
    return join(this.pods, uid);
  }

  volume(uid: string, pluginDirectory: string, volumeName: string): string {
    return join(this.pod(uid), "volumes", pluginDirectory, volumeName);
  }

  /** What plugins note of volumes. */
  volumeNotes(uid: string, pluginDirectory: string, volumeName: string): string {
    return join(this.pod(uid), "plugins", pluginDirectory, volumeName);
  }

  /** Of a container's own files, such as those for termination messages. */
  container(uid: string, containerName: string): string {
    return join(this.pod(uid), "containers", containerName);
  }

  subPath(uid: string, volumeName: string, containerName: string, mountIndex: number): string {
    return join(this.pod(uid), "volume-subpaths", volumeName, containerName, String(mountIndex));
  }

  etcHosts(uid: string): string {
    return join(this.pod(uid), "etc-hosts");
  }

  resolvConf(uid: string): string {
    return join(this.pod(uid), "etc-resolv.conf");
  }

  get seccompProfiles(): string {
    return join(this.#root, "seccomp");
  }
}
