import { writeFileSync } from 'node:fs';
import { createCA, createCert } from 'mkcert';
import { temporaryFolder } from './temporary-folder.ts';

/** A certificate authority made for one run, and a server certificate for 127.0.0.1 and localhost (RSA 2048, as AWS's own endpoints). */
export interface PrivateCa {
  /** The CA certificate as a PEM file, for `SSL_CERT_FILE` or `NODE_EXTRA_CA_CERTS`. */
  certificateFile: string;
  /** The server's key and certificate, PEM. */
  server: { key: string; cert: string };
}

export async function createPrivateCa(): Promise<PrivateCa> {
  const ca = await createCA({
    organization: 'Tests',
    countryCode: 'XX',
    state: '-',
    locality: '-',
    validity: 1,
  });
  const server = await createCert({ ca, domains: ['localhost', '127.0.0.1'], validity: 1 });
  const certificateFile = `${temporaryFolder()}/ca.pem`;
  writeFileSync(certificateFile, ca.cert);
  return { certificateFile, server };
}
