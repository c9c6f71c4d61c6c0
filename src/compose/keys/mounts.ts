import type { ConfigReference, ContainerSpec, Mount, SecretReference } from '../spec.ts';
import type { ComposeService, SecretMount, StackDocument, TmpfsMount, VolumeMount } from '../types.ts';
import { hidden, shown, type Field } from './field.ts';
import { listOf, mountedFile, type FileMap } from './file.ts';
import type { ServiceKey, SpecSource } from './key.ts';
import { VOLUME_KEYS } from './objects.ts';

export const secrets: ServiceKey = {
  key: 'secrets',
  file: ({ secrets }) => listOf(secrets, mountedFile),
  spec: ({ secrets }, { container }, { document, stack }) =>
    void (container.Secrets = (secrets ?? []).map((mount) => ({
      File: fileTarget(mount),
      SecretName: document.secrets[mount.source]?.name ?? `${stack}_${mount.source}`,
    }))),
  fields: ({ container }) =>
    (container.Secrets ?? []).flatMap(({ File, SecretName }) => fileFields('secret', File, SecretName)),
  covers: ['TaskTemplate.ContainerSpec.Secrets'],
  run: { is: 'composed' },
};

export const configs: ServiceKey = {
  key: 'configs',
  file: ({ configs }) => listOf(configs, mountedFile),
  spec: ({ configs, credentialSpec }, { container }, { document, stack }) => {
    const references: ConfigReference[] = (configs ?? []).map((mount) => ({
      File: fileTarget(mount),
      ConfigName: configName(mount.source, document, stack),
    }));
    if (credentialSpec !== undefined && 'config' in credentialSpec)
      references.push({ Runtime: {}, ConfigName: configName(credentialSpec.config, document, stack) });
    if (references.length > 0) container.Configs = references;
  },
  fields: ({ container }) =>
    (container.Configs ?? []).flatMap(({ File, ConfigName }) => (File ? fileFields('config', File, ConfigName) : [])),
  covers: ['TaskTemplate.ContainerSpec.Configs'],
  run: {
    is: 'refused',
    refused: ({ configs = [] }) =>
      configs.length === 0
        ? undefined
        : {
            why: `mounts ${configs.map(({ target }) => target).join(', ')} from a config, which only a swarm keeps`,
            hint: 'put the file into the image, or make it a secret',
          },
  },
};

export const credentialSpec: ServiceKey = {
  key: 'credential_spec',
  file: ({ credentialSpec }) => (credentialSpec === undefined ? undefined : { ...credentialSpec }),
  spec: ({ credentialSpec }, { container }, { document, stack }) => {
    if (credentialSpec === undefined) return;
    container.Privileges = {
      CredentialSpec:
        'config' in credentialSpec
          ? { Config: configName(credentialSpec.config, document, stack) }
          : 'file' in credentialSpec
            ? { File: credentialSpec.file }
            : { Registry: credentialSpec.registry },
    };
  },
  fields: ({ container }) => {
    const text = credentialText(container);
    return text === undefined ? [] : [shown('credential spec', text, 'restart')];
  },
  covers: ['Config', 'File', 'Registry'].map((key) => `TaskTemplate.ContainerSpec.Privileges.CredentialSpec.${key}`),
  run: {
    is: 'refused',
    refused: ({ credentialSpec }) =>
      credentialSpec === undefined
        ? undefined
        : {
            why: 'has a credential spec, which Windows containers alone take; the hosts of --target run are Linux',
            hint: 'leave it out',
          },
  },
};

export const volumes: ServiceKey = {
  key: 'volumes',
  file: ({ volumes = [], tmpfs = [] }) => listOf([...volumes.map(volumeFile), ...tmpfs.map(tmpfsFile)], (item) => item),
  spec: ({ volumes = [], tmpfs = [] }, { container }, source) =>
    void (container.Mounts = [...volumes.map((mount) => mountOf(mount, source)), ...tmpfs.map(tmpfsMount)]),
  fields: ({ container }) => (container.Mounts ?? []).flatMap(mountFields),
  covers: ['TaskTemplate.ContainerSpec.Mounts'],
  run: { is: 'composed' },
};

/** Of a mount, what `volumes` reads; the rest of it somebody set by hand. */
export const MOUNT_COVERS = [
  'Type',
  'Source',
  'Target',
  'ReadOnly',
  'BindOptions.Propagation',
  'VolumeOptions.Labels',
  'VolumeOptions.NoCopy',
  'VolumeOptions.DriverConfig.Name',
  'VolumeOptions.DriverConfig.Options',
  'TmpfsOptions.SizeBytes',
];

function configName(source: string, { configs = {} }: StackDocument, stack: string): string {
  return configs[source]?.name ?? `${stack}_${source}`;
}

/** A live one names the config by its id; `Configs` has the name as well. */
function credentialText({ Privileges, Configs }: ContainerSpec): string | undefined {
  const { Config, File, Registry } = Privileges?.CredentialSpec ?? {};
  if (Config) return `config ${(Configs ?? []).find(({ ConfigID }) => ConfigID === Config)?.ConfigName ?? Config}`;
  return File ? `file ${File}` : Registry ? `registry ${Registry}` : undefined;
}

function fileTarget({ target, uid, gid, mode }: SecretMount): NonNullable<SecretReference['File']> {
  return { Name: target, UID: uid ?? '0', GID: gid ?? '0', Mode: mode ?? 0o444 };
}

function fileFields(kind: string, file: SecretReference['File'], swarmName: string | undefined): Field[] {
  const name = `${kind} ${file?.Name ?? ''}`;
  return [
    shown(name, swarmName ?? '', 'restart'),
    shown(`${name} mode`, `0${(file?.Mode ?? 0).toString(8)}`, 'restart', name),
    shown(`${name} owner`, `${file?.UID ?? '0'}:${file?.GID ?? '0'}`, 'restart', name),
  ];
}

function volumeFile({ type, source, target, readOnly, noCopy, propagation }: VolumeMount): FileMap {
  return {
    type,
    source,
    target,
    read_only: readOnly,
    volume: noCopy === undefined ? undefined : { nocopy: noCopy },
    bind: propagation === undefined ? undefined : { propagation },
  };
}

function tmpfsFile({ target, sizeBytes }: TmpfsMount): FileMap {
  return { type: 'tmpfs', target, tmpfs: sizeBytes === undefined ? undefined : { size: sizeBytes } };
}

function mountOf(mount: VolumeMount, { stack, document }: SpecSource): Mount {
  const { type, source, target, readOnly, noCopy, propagation } = mount;
  const access = readOnly === true ? { ReadOnly: true } : {};
  if (type === 'bind')
    return {
      Type: type,
      Source: source,
      Target: target,
      ...access,
      ...(propagation !== undefined && { BindOptions: { Propagation: propagation } }),
    };
  const options: NonNullable<Mount['VolumeOptions']> = noCopy === true ? { NoCopy: true } : {};
  for (const row of VOLUME_KEYS) row.mount(document.volumes[source] ?? {}, options, stack);
  return {
    Type: type,
    Source: `${stack}_${source}`,
    Target: target,
    ...access,
    VolumeOptions: options,
  };
}

function tmpfsMount({ target, sizeBytes }: TmpfsMount): Mount {
  return {
    Type: 'tmpfs',
    Target: target,
    ...(sizeBytes !== undefined && { TmpfsOptions: { SizeBytes: sizeBytes } }),
  };
}

function mountFields({ Type, Source, Target, ReadOnly, BindOptions, VolumeOptions, TmpfsOptions }: Mount): Field[] {
  const name = `mount ${Target ?? ''}`;
  const size = TmpfsOptions?.SizeBytes ?? 0;
  const what = [Type ?? '', ...(Source ? [Source] : []), ...(size > 0 ? [`of ${String(size)} bytes`] : [])].join(' ');
  const how = [
    ...(ReadOnly === true ? [', read-only'] : []),
    ...(BindOptions?.Propagation ? [`, ${BindOptions.Propagation}`] : []),
    ...(VolumeOptions?.NoCopy === true ? [', not copied from the image'] : []),
  ];
  return [
    shown(name, `${what}${how.join('')}`, 'restart'),
    ...hidden(`${name} label`, VolumeOptions?.Labels, 'restart', name),
    ...driverFields(name, VolumeOptions?.DriverConfig),
  ];
}

/** Of the volume's driver; an option may hold a password, and is never shown. */
function driverFields(mount: string, driver: NonNullable<Mount['VolumeOptions']>['DriverConfig']): Field[] {
  const { Name = '', Options } = driver ?? {};
  return [
    ...(Name === '' || Name === 'local' ? [] : [shown(`${mount} volume driver`, Name, 'restart', mount)]),
    ...hidden(`${mount} volume option`, Options, 'restart', mount),
  ];
}

/** Every path in a container at which the service mounts something from its node or the swarm. */
export function mountTargets({ volumes = [], tmpfs = [] }: ComposeService): string[] {
  return [...volumes, ...tmpfs].map(({ target }) => target);
}
