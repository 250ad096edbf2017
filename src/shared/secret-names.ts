/** Whether a setting of this name holds a secret, itself or in a list below it, in every spelling config and credential files know. */
export const isSecretName = (name: string): boolean =>
  /(api[-_]?key|secret|secret[-_]?key|private[-_]?key|token|password|authorization|cookie)s?$/i.test(name);

/** Headers people configure that say nothing secret; any other header's value may be a key. */
export const isPlainHeader = (name: string): boolean =>
  /^(user-agent|accept|accept-.*|content-type|http-referer|referer|origin|x-title|.*-(version|beta|id|name))$/i.test(
    name,
  );
