import { generate } from 'selfsigned';

const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
  keyType: 'ec',
});

/** A key and a certificate that it has signed itself, made anew for each test file. */
export function tlsCertificate(): { key: string; cert: string } {
  return { key, cert };
}
