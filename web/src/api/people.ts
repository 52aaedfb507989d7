/** Requests about people: who one is to the node, one's own account, and administration. */

import { get, queryString, send } from "./client";

export interface Account {
  id: string;
  name: string;
  e_mail: string;
  organisation: string | null;
  groups: string[];
  purposes: string[];
  administrator: boolean;
  /** The sign-in provider that vouches for them. */
  provider: string | null;
  has_password: boolean;
  created_at: string;
  disabled_at: string | null;
}

export interface Me {
  signed_in: boolean;
  has_accounts: boolean;
  account: Account | null;
  organisation: Organisation | null;
  administrator: boolean;
  /** What this browser asks for, and all it may say it asks for. */
  purpose: string;
  purposes: string[];
  csrf: string | null;
  session_ends_at: string | null;
}

export interface Provider {
  id: string;
  title: string;
  href: string;
}

export interface WaysIn {
  password: boolean;
  providers: Provider[];
}

export interface Purpose {
  term: string;
  label: string;
  definition: string;
  /** The terms it is a kind of. */
  broader: string[];
}

export interface Organisation {
  id: string;
  name: string;
}

export interface Group extends Organisation {
  members: number;
}

export type TokenScope = "read" | "aggregate" | "export" | "derive" | "load" | "admin";

export interface Token {
  id: string;
  account: string;
  name: string;
  scopes: TokenScope[];
  created_at: string;
  expires_at: string;
  last_used_at: string | null;
}

export interface MadeToken extends Token {
  secret: string;
}

/** What may be changed of an account; only what is named is. */
export interface AccountChange {
  name?: string;
  e_mail?: string;
  organisation?: string | null;
  groups?: string[];
  purposes?: string[];
  administrator?: boolean;
  disabled?: boolean;
  password?: string;
}

export interface NewAccount extends AccountChange {
  id: string;
  name: string;
  e_mail: string;
}

const part = encodeURIComponent;

export const people = {
  me(): Promise<Me> {
    return get("/api/me");
  },

  waysIn(signal?: AbortSignal): Promise<WaysIn> {
    return get("/api/sign-in", signal);
  },

  signIn(name: string, password: string): Promise<Me> {
    return send("POST", "/api/session", { json: { name, password } });
  },

  signOut(everywhere = false): Promise<void> {
    return send("DELETE", `/api/session${everywhere ? "?everywhere=true" : ""}`, {});
  },

  state(purpose: string): Promise<Me> {
    return send("PATCH", "/api/me", { json: { purpose } });
  },

  changePassword(old: string, next: string): Promise<Me> {
    return send("POST", "/api/me/password", { json: { old, new: next } });
  },

  async purposes(signal?: AbortSignal): Promise<Purpose[]> {
    return (await get<{ purposes: Purpose[] }>("/api/purposes", signal)).purposes;
  },

  /** One's own tokens; for administrators those of an account, or with an empty text everybody's. */
  async tokens(account: string | null, signal?: AbortSignal): Promise<Token[]> {
    const whose = account === null ? "" : queryString([account === "" ? ["everybody", "true"] : ["account", account]]);
    return (await get<{ tokens: Token[] }>(`/api/tokens${whose}`, signal)).tokens;
  },

  addToken(name: string, scopes: readonly TokenScope[], days: number): Promise<MadeToken> {
    return send("POST", "/api/tokens", { json: { name, scopes, days } });
  },

  revokeToken(token: string): Promise<void> {
    return send("DELETE", `/api/tokens/${part(token)}`, {});
  },

  async all(signal?: AbortSignal): Promise<Account[]> {
    return (await get<{ users: Account[] }>("/api/users", signal)).users;
  },

  one(account: string, signal?: AbortSignal): Promise<Account> {
    return get(`/api/users/${part(account)}`, signal);
  },

  add(account: NewAccount): Promise<Account> {
    return send("POST", "/api/users", { json: account });
  },

  change(account: string, change: AccountChange): Promise<Account> {
    return send("PATCH", `/api/users/${part(account)}`, { json: change });
  },

  signOutEverywhere(account: string): Promise<void> {
    return send("DELETE", `/api/users/${part(account)}/sessions`, {});
  },

  async organisations(signal?: AbortSignal): Promise<Organisation[]> {
    return (await get<{ organisations: Organisation[] }>("/api/organisations", signal)).organisations;
  },

  addOrganisation(organisation: Organisation): Promise<Organisation> {
    return send("POST", "/api/organisations", { json: organisation });
  },

  async groups(signal?: AbortSignal): Promise<Group[]> {
    return (await get<{ groups: Group[] }>("/api/groups", signal)).groups;
  },

  addGroup(group: Organisation): Promise<Group> {
    return send("POST", "/api/groups", { json: group });
  },
};
