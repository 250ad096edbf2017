import { vendorOf } from '../../../../../src/cli/demo/upstreams/vendors.js';
import { type CatalogId, openCatalog } from '../../../../../src/daemon/models/catalog.js';
import type { GateReply } from '../../../../support/provider-contract-gate.js';
import type { FailureName, UpstreamKind } from '../../../../support/provider-contract-types.js';
import { errorReply } from '../../../../support/upstream.js';

/** The failures of a vendor that speaks one of the well-known formats. */
export const failuresOf =
  (kind: UpstreamKind) =>
  (name: FailureName): GateReply => {
    const { status = 200, headers = {}, body } = errorReply(kind, name);
    return { status, headers, body: body as object };
  };

/** A stream that says something and has not ended. */
export const openingOf = (kind: UpstreamKind): readonly string[] =>
  vendorOf(kind).openStream('Hello from a cut answer');

/** All that the built-in list has: what an account offers before its vendor has listed anything. */
export const catalogueOf = (catalog: CatalogId): readonly string[] =>
  openCatalog()
    .list(catalog)
    .map(({ id }) => id);
