import { isIPv6 } from 'node:net';

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * What the streams of one address are counted by: an IPv4 address, also where IPv6 carries it (RFC 4291 2.5.5.2); of an
 * IPv6 address the first 64 bits, which are one site's, whose hosts can take any of the rest (RFC 4291 2.5.4).
 */
export function addressKey(address: string): string {
  const mapped = MAPPED_IPV4.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [host] = address.split('%');
  return isIPv6(host!) ? `${prefixOf(host!)}::/64` : address;
}

/** The first four of the eight groups, without leading zeros. */
function prefixOf(address: string): string {
  const [head, tail] = address.split('::');
  const before = groupsOf(head!);
  const after = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const groups = [...before, ...zeros, ...after].slice(0, 4);
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}

/** An IPv4 address at the end has two groups; they are not among the first four. */
function groupsOf(part: string): string[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]));
}
