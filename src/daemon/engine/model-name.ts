/** Writes the client's name over the upstream's in the members that name the model. */
export function mapModelName(json: string, upstreamName: string, clientName: string): string {
  const names = `"(model|modelVersion)"\\s*:\\s*${JSON.stringify(upstreamName).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`;
  return json.replace(new RegExp(names, 'g'), (_match, member: string) => `"${member}":${JSON.stringify(clientName)}`);
}
