/** Where to sign in. It belongs to the deployment, so the page asks for it instead of having it built in. */
export interface Config {
  client_id: string;
  authorize_url: string;
  token_url: string;
  logout_url: string;
  local: boolean;
}

class ConfigError extends Error {
  override name = "ConfigError";
}

/** Read `/config.json`. @throws {ConfigError} it can't be had, or says less than it has to. */
export async function loadConfig(fetcher: typeof fetch = fetch): Promise<Config> {
  const response = await fetcher("/config.json", { cache: "no-store", credentials: "omit" }).catch(() => null);
  if (response === null)
    throw new ConfigError("This console's server does not answer. Check the network, then reload.");
  if (!response.ok) {
    throw new ConfigError(
      `/config.json answers ${response.status}. On a laptop start the local cloud with “baton up”; on AWS look at the deployment.`,
    );
  }
  const found: unknown = await response.json().catch(() => null);
  if (!isConfig(found)) {
    throw new ConfigError("/config.json has to name client_id, authorize_url, token_url and logout_url.");
  }
  return { ...found, local: found.local === true };
}

function isConfig(found: unknown): found is Config {
  if (typeof found !== "object" || found === null) return false;
  const members = found as Record<string, unknown>;
  return ["client_id", "authorize_url", "token_url", "logout_url"].every(
    (name) => typeof members[name] === "string" && members[name] !== "",
  );
}
