import { writeFileSync } from 'node:fs';
import { createCA, createCert } from 'mkcert';

/** A certificate authority made for one run, and a server certificate (RSA 2048, as AWS's own endpoints). */
export interface PrivateCa {
  /** The CA certificate as a PEM file, for `SSL_CERT_FILE` or `NODE_EXTRA_CA_CERTS`. */
  certificateFile: string;
  /** The server's key and certificate, PEM. */
  server: { key: string; cert: string };
}

/** @param domains the server's names; `*` stands for one label */
export async function createPrivateCa(
  folder: string,
  domains = ['localhost', '127.0.0.1'],
): Promise<PrivateCa> {
  const ca = await createCA({
    organization: 'Tests',
    countryCode: 'XX',
    state: '-',
    locality: '-',
    validity: 1,
  });
  const server = await createCert({ ca, domains, validity: 1 });
  const certificateFile = `${folder}/ca.pem`;
  writeFileSync(certificateFile, ca.cert);
  return { certificateFile, server };
}
