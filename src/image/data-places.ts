/** A directory in which an image keeps data, and how that is known. */
export interface DataPlace {
  path: string;
  /** `VOLUME`, or the variable that holds it. */
  from: string;
}

/** Such as PGDATA, X_DATA_DIR, X_DATADIR and DATA_DIRS. */
const NAMES_DATA = /DATA_?(DIR(ECTORY)?S?)?$/;
/** What comes with a program is there too; no data is written there. */
const OF_PROGRAMS = /^\/(usr|etc|opt|bin|lib|proc|sys|dev)(\/|$)/;

/**
 * Where an image keeps its data, as its configuration says (OCI image-spec, config.md: Volumes, Env).
 * @param env of the image
 * @param environment of the service, which stands over that of the image
 */
export function dataPlaces(
  { volumes, env }: { volumes: readonly string[]; env: readonly string[] },
  environment: Readonly<Record<string, unknown>> = {},
): DataPlace[] {
  const variables: Record<string, unknown> = Object.fromEntries(
    env.map((each) => [each.replace(/=.*$/s, ''), each.slice(each.indexOf('=') + 1)]),
  );
  return [
    ...volumes.map((path) => ({ path: clean(path), from: 'VOLUME' })),
    ...Object.entries({ ...variables, ...environment }).flatMap(([name, value]) =>
      NAMES_DATA.test(name) && typeof value === 'string'
        ? value
            .split(/[,:]/)
            .filter((path) => path.startsWith('/') && !OF_PROGRAMS.test(path))
            .map((path) => ({ path: clean(path), from: name }))
        : [],
    ),
  ];
}

/** What an image writes beside the mounts of its service. */
export interface Beside {
  /** The mount that is at none of the image's places; undefined if a variable leads out of all of them. */
  mount: string | undefined;
  places: DataPlace[];
}

/**
 * Whether data goes beside the mounts: a variable that says where data is leads out of all of them; or a mount is at
 * none of the image's places, and one of these is in no mount. An image that declares nothing tells nothing.
 * @param volumes targets of the service's volumes, where data is meant to be
 * @param mounts targets of all its mounts
 */
export function besideMounts(
  places: readonly DataPlace[],
  { volumes, mounts }: { volumes: readonly string[]; mounts: readonly string[] },
): Beside[] {
  const held = ({ path }: DataPlace): boolean => mounts.some((mount) => within(path, clean(mount)));
  const outside = places.filter((place) => !held(place));
  const named = outside.filter(({ from }) => from !== 'VOLUME');
  if (named.length > 0) return [{ mount: undefined, places: named }];
  return volumes
    .filter((mount) => !places.some(({ path }) => within(path, clean(mount)) || within(clean(mount), path)))
    .flatMap((mount) => (outside.length === 0 ? [] : [{ mount, places: outside }]));
}

/** Whether a path is another or below it. */
const within = (path: string, top: string): boolean => path === top || path.startsWith(top === '/' ? top : `${top}/`);

const clean = (path: string): string => path.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
