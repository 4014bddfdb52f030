// The settings of the server as VS Code's manifest describes them.

/** A part of a JSON schema, as `goperf lsp --settings-schema` prints it. */
export interface Schema {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: string[];
  items?: { type: string };
  properties?: Record<string, Schema>;
}

/** A setting in `contributes.configuration.properties`. */
export type Setting = Record<string, unknown>;

/** Settings of the extension itself, which the server does not know. */
export const OWN_SETTINGS = ['goperf.path', 'goperf.go', 'goperf.trace.server', 'goperf.heatDecorations'];

/** All settings that a schema describes, under their full names. */
export function settingsOf(schema: Schema, prefix = 'goperf'): Record<string, Setting> {
  const settings: Record<string, Setting> = {};
  for (const [key, part] of Object.entries(schema.properties ?? {})) {
    const name = `${prefix}.${key}`;
    if (part.properties) {
      Object.assign(settings, settingsOf(part, name));
      continue;
    }
    const { description, ...rest } = part;
    settings[name] = { type: 'string', ...rest, markdownDescription: `${description}.` };
  }
  return settings;
}

/** The settings of the extension among `properties`, followed by those of the server. */
export function merged(properties: Record<string, Setting>, schema: Schema): Record<string, Setting> {
  const own = Object.entries(properties).filter(([name]) => OWN_SETTINGS.includes(name));
  return { ...Object.fromEntries(own), ...settingsOf(schema) };
}
