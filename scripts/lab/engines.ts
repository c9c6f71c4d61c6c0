/**
 * The engines that a lab can be made of beside the machine's own: Debian's packages, pinned (Packages files of the
 * releases, November 2026, amd64). Programs use the machine's libraries if they run with them; the libraries here are
 * for those that do not: runc of trixie and sid wants libc 2.38.
 */
import type { PinnedPackage } from '../images/debian/packages.ts';

export interface PinnedEngine {
  /** Debian release that these packages are of. */
  release: string;
  packages: readonly PinnedPackage[];
}

export const ENGINES: Readonly<Record<string, PinnedEngine>> = {
  '28': {
    release: 'sid',
    packages: [
      {
        file: 'pool/main/d/docker.io/docker.io_28.5.2+dfsg4-5_amd64.deb',
        sha256: '69a59cc77a1fb8ee9ad6859abc2e6de5d76b70887405595c2b1307818fecf682',
      },
      {
        file: 'pool/main/c/containerd/containerd_2.1.9+ds1-5_amd64.deb',
        sha256: '2dda86ce7033fd612fc50e136679d8174ccad680eb29cd4611e0d2a1b84cf591',
      },
      {
        file: 'pool/main/r/runc/runc_1.3.6+ds1-1_amd64.deb',
        sha256: '8e95d7bdfd22242ae4d48d58e3c277ba2b69dffc4ed8e573b837e6e93925d911',
      },
      {
        file: 'pool/main/t/tini/tini-static_0.19.0-6+b2_amd64.deb',
        sha256: '89628212b143d90a965b15d5dc47bc593da3b45cf98eda7a81b10c7b953fb07f',
      },
      {
        file: 'pool/main/libs/libseccomp/libseccomp2_2.6.1-1+b2_amd64.deb',
        sha256: '2d97c9f6ce55043caff1f6818ff9f85693528604f9d7538bd1ff61a492db8567',
      },
      {
        file: 'pool/main/g/glibc/libc6_2.43-7_amd64.deb',
        sha256: '5c71715c51103beb4fbba9fe9f8dff604af6610dfa71c70bff342f54a7860803',
      },
    ],
  },
  '26': {
    release: 'trixie',
    packages: [
      {
        file: 'pool/main/d/docker.io/docker.io_26.1.5+dfsg1-9+deb13u1+b1_amd64.deb',
        sha256: '53ae1a99f15113f0a0d2226808ec0d24ee31b3b87b87ab8ec35be09a1a2ee13b',
      },
      {
        file: 'pool/main/c/containerd/containerd_1.7.24~ds1-6+deb13u1_amd64.deb',
        sha256: 'ed708deb96fe476a3bce4efa5c0538dfbcf717ab9a7c7944ba7260342c25899c',
      },
      {
        file: 'pool/main/r/runc/runc_1.1.15+ds1-2+b4_amd64.deb',
        sha256: 'fad4f807a369677f0954bd4c61e56ddb2dd8b3f4aec30c3834c3165fc6d3c19f',
      },
      {
        file: 'pool/main/t/tini/tini_0.19.0-3+b8_amd64.deb',
        sha256: 'a443b12107331f67836a64cb6efe1dd92d2765e15568eb4567dccb409a8cd2a0',
      },
      {
        file: 'pool/main/libs/libseccomp/libseccomp2_2.6.0-2_amd64.deb',
        sha256: '89d5138e05fb6a86b9afd8b54dc0fb4b14f4c27c05e6c5f767c2132bdf808531',
      },
      {
        file: 'pool/main/g/glibc/libc6_2.41-12+deb13u5_amd64.deb',
        sha256: 'b59b0625cd1a791375d40dab23a4d5d3d0641e3d0a773501becdc3725b7f99cf',
      },
    ],
  },
  '20.10': {
    release: 'bookworm',
    packages: [
      {
        file: 'pool/main/d/docker.io/docker.io_20.10.24+dfsg1-1+deb12u1+b6_amd64.deb',
        sha256: 'daf8ff8f7aa53e8533d38e386fcc2a11e8f3891210776fb78a84b98feb4eea0e',
      },
      {
        file: 'pool/main/c/containerd/containerd_1.6.20~ds1-1+deb12u3_amd64.deb',
        sha256: '8669d264eeb0fcdb4a0b1ba436ab88ec5dafde4a66e1278ec279d830db4c2216',
      },
      {
        file: 'pool/main/r/runc/runc_1.1.5+ds1-1+deb12u1_amd64.deb',
        sha256: 'a00351f8c0318de0b424ecf5cd0fdb69880a89f3511cae4f6fff7de3e57881c5',
      },
      {
        file: 'pool/main/t/tini/tini_0.19.0-1+b3_amd64.deb',
        sha256: '7d1947665fa40e55f218fefad773dc6de66458d0b39eaa292cdcadfc7c996632',
      },
      {
        file: 'pool/main/libs/libseccomp/libseccomp2_2.5.4-1+deb12u1_amd64.deb',
        sha256: '108fe67957ca7cf9ba51d801118a1b37d404bea7b6e365025cd00779e9eca38d',
      },
      {
        file: 'pool/main/l/lvm2/libdevmapper1.02.1_1.02.185-2_amd64.deb',
        sha256: 'aaa78ca236055fedccf637eacf7bda02bf1980b2db668dccd202b04d0d2cfe04',
      },
    ],
  },
};

/** The machine's own engine, from its own package. */
export const SYSTEM_ENGINE = 'system';
/** What Debian sid has today, whatever its version. */
export const NEWEST_ENGINE = 'newest';
export const DEFAULT_ENGINE = '28';
export const ENGINE_NAMES: readonly string[] = ['20.10', '26', '28', NEWEST_ENGINE, SYSTEM_ENGINE];
/** Docker's containerd image store; an engine's default is its own store, until version 29. */
export const IMAGE_STORES: readonly string[] = ['default', 'containerd'];
