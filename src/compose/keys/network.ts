import { networkName } from '../networks.ts';
import { Quoted } from '../values.ts';
import { hidden, shown, shownIfSet } from './field.ts';
import { listOf, mapOf } from './file.ts';
import type { ServiceKey } from './key.ts';

export const networks: ServiceKey = {
  key: 'networks',
  file: ({ networks }) => mapOf(networks, ({ aliases }) => (aliases.length === 0 ? {} : { aliases })),
  spec: (service, { task }, { stack, name, document }) => {
    // Without networks docker attaches the one called "default".
    const networks = Object.keys(service.networks).length === 0 ? { default: { aliases: [] } } : service.networks;
    // The bare service name is always an alias, on a network of another stack too.
    task.Networks = Object.entries(networks)
      .map(([network, { aliases }]) => ({
        Target: networkName(stack, document, network),
        Aliases: [...aliases, name],
      }))
      .sort((a, b) => (a.Target < b.Target ? -1 : 1));
  },
  fields: ({ task }, nameOf) =>
    (task.Networks ?? []).flatMap(({ Target, Aliases, DriverOpts }) => {
      const name = `network ${nameOf(Target ?? '')}`;
      const aliases = [...new Set(Aliases ?? [])].sort().join(', ');
      return [
        shown(name, '', 'restart'),
        shown(`${name} aliases`, aliases, 'restart', name),
        ...hidden(`${name} option`, DriverOpts, 'restart', name),
      ];
    }),
  covers: ['TaskTemplate.Networks'],
  run: { is: 'composed' },
};

export const dns: ServiceKey = {
  key: 'dns',
  file: ({ dns }) => listOf(dns, (address) => new Quoted(address)),
  spec: ({ dns = [] }, { container }) => {
    if (dns.length > 0) container.DNSConfig = { ...container.DNSConfig, Nameservers: dns };
  },
  fields: ({ container }) => shownIfSet('name servers', container.DNSConfig?.Nameservers?.join(', '), 'restart'),
  covers: ['TaskTemplate.ContainerSpec.DNSConfig.Nameservers'],
  run: { is: 'options', options: ({ dns = [] }) => dns.map((address) => ['--dns', address]) },
};

export const dnsSearch: ServiceKey = {
  key: 'dns_search',
  file: ({ dnsSearch }) => listOf(dnsSearch, (domain) => new Quoted(domain)),
  spec: ({ dnsSearch = [] }, { container }) => {
    if (dnsSearch.length > 0) container.DNSConfig = { ...container.DNSConfig, Search: dnsSearch };
  },
  fields: ({ container }) => shownIfSet('search domains', container.DNSConfig?.Search?.join(', '), 'restart'),
  covers: ['TaskTemplate.ContainerSpec.DNSConfig.Search'],
  run: { is: 'options', options: ({ dnsSearch = [] }) => dnsSearch.map((domain) => ['--dns-search', domain]) },
};

export const extraHosts: ServiceKey = {
  key: 'extra_hosts',
  file: ({ extraHosts }) =>
    listOf(Object.entries(extraHosts ?? {}), ([name, address]) => new Quoted(`${name}:${address}`)),
  spec: ({ extraHosts = {} }, { container }) => {
    const hosts = Object.entries(extraHosts).map(([name, address]) => `${address} ${name}`);
    if (hosts.length > 0) container.Hosts = hosts;
  },
  fields: ({ container }) =>
    (container.Hosts ?? []).map((line) => {
      const [address = '', ...names] = line.split(' ');
      return shown(`host ${names.join(' ')}`, address, 'restart');
    }),
  covers: ['TaskTemplate.ContainerSpec.Hosts'],
  run: {
    is: 'options',
    options: ({ extraHosts = {} }) =>
      Object.entries(extraHosts).map(([name, address]) => ['--add-host', `${name}:${address}`]),
  },
};

export const ports: ServiceKey = {
  key: 'ports',
  file: ({ ports }) =>
    listOf(ports, ({ target, published, protocol, mode }) => ({
      target,
      published,
      protocol: protocol ?? 'tcp',
      mode,
    })),
  spec: ({ ports = [] }, { service }) =>
    void (service.EndpointSpec = {
      ...service.EndpointSpec,
      Ports: ports.map((port) => ({
        Protocol: port.protocol ?? 'tcp',
        TargetPort: port.target,
        PublishedPort: port.published,
        PublishMode: port.mode,
      })),
    }),
  fields: ({ service }) =>
    (service.EndpointSpec?.Ports ?? []).map((port) =>
      shown(
        `port ${port.PublishedPort ?? 0}/${port.Protocol ?? 'tcp'}`,
        `to ${port.TargetPort ?? 0}, ${port.PublishMode ?? 'ingress'}`,
        'restart',
      ),
    ),
  covers: ['EndpointSpec.Ports'],
  run: { is: 'composed' },
};
