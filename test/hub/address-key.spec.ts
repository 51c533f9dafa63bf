import { describe, expect, test } from '@jest/globals';
import { addressKey } from '../../lib/hub/address-key.js';

describe('The streams of an address are counted by', () => {
  test.each([
    ['an IPv4 address as it is', '192.0.2.7', '192.0.2.7'],
    ['an IPv4 address that IPv6 carries', '::ffff:192.0.2.7', '192.0.2.7'],
    ['the same in capitals', '::FFFF:192.0.2.7', '192.0.2.7'],
    ["an IPv6 address' first 64 bits", '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['the same with leading zeros', '2001:0db8:0001:0002::', '2001:db8:1:2::/64'],
    ['the same in capitals and short', '2001:DB8:1:2::6', '2001:db8:1:2::/64'],
    ['zeros that are left out in front', '::1', '0:0:0:0::/64'],
    ['zeros that are left out in the middle', '2001:db8::5:6:7', '2001:db8:0:0::/64'],
    ['an IPv4 address at the end', '64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
    ['a link-local address without its zone', 'fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['what is no address, as it is', 'unknown', 'unknown'],
  ])('%s', (_what, address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});
