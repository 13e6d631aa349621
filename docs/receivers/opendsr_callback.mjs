// Checks an OpenDSR callback, or any other signed answer, before its body is read.
//
//   node opendsr_callback.mjs CERTIFICATE.pem DOMAIN SIGNATURE [pss] < body
//
// CERTIFICATE.pem is what discovery's processor_certificate leads to; DOMAIN and SIGNATURE are the headers
// X-OpenDSR-Processor-Domain and X-OpenDSR-Signature. Ends with 0 where all is well, with 1 and the reason where not.
import { constants, verify, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";

const [path, domain, signature, scheme] = process.argv.slice(2);
const certificate = new X509Certificate(readFileSync(path));
const body = readFileSync(0);

function refuse(reason) {
  console.error(reason);
  process.exit(1);
}

const named = isIP(domain) ? certificate.checkIP(domain) : certificate.checkHost(domain, { wildcards: false });
if (named === undefined) refuse("the certificate's alternative names are not the domain");
if (!certificate.subject.split("\n").includes(`CN=${domain}`)) refuse("the certificate's common name is not the domain");

const now = new Date();
if (now < new Date(certificate.validFrom) || now > new Date(certificate.validTo)) refuse("the certificate is not valid today");

const key =
  scheme === "pss"
    ? { key: certificate.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { key: certificate.publicKey, padding: constants.RSA_PKCS1_PADDING };
if (!verify("sha256", body, key, Buffer.from(signature, "base64"))) refuse("the signature is not of this body");
