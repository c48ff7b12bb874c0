import TopNavigation, { type TopNavigationProps } from "@cloudscape-design/components/top-navigation";
import { useLocation, useNavigate } from "react-router";
import { session, useStanding } from "../auth/current";
import { useLivePhase } from "../live/provider";
import { chooseTheme, type ThemeChoice, useThemeChoice } from "./preferences";

const THEMES: readonly [ThemeChoice, string][] = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];

export function TopBar({ onHelp }: { onHelp: () => void }) {
  const navigate = useNavigate();
  const utilities = [useLiveUtility(), useThemeUtility(), helpUtility(onHelp), usePersonUtility()];
  return (
    <TopNavigation
      identity={{
        href: "/overview",
        title: "Baton",
        onFollow: (event) => {
          event.preventDefault();
          void navigate("/overview");
        },
      }}
      utilities={utilities.filter((utility) => utility !== null)}
      i18nStrings={{
        overflowMenuTriggerText: "More",
        overflowMenuTitleText: "All",
        overflowMenuBackIconAriaLabel: "Back",
        overflowMenuDismissIconAriaLabel: "Close the menu",
      }}
    />
  );
}

function useLiveUtility(): TopNavigationProps.Utility | null {
  const phase = useLivePhase();
  if (phase === "off") return null;
  const [iconName, text] = {
    open: ["status-positive", "Live"] as const,
    waiting: ["status-warning", "Not live: trying again"] as const,
    ticket: ["status-in-progress", "Connecting"] as const,
    opening: ["status-in-progress", "Connecting"] as const,
  }[phase];
  const title = phase === "open" ? "Changes show at once" : "Until it is live again the page asks every 30 seconds";
  return {
    type: "button",
    iconName,
    text,
    title,
    ariaLabel: `${text}. ${title}.`,
    variant: "link",
    disableUtilityCollapse: true,
  };
}

function useThemeUtility(): TopNavigationProps.Utility {
  const choice = useThemeChoice();
  return {
    type: "menu-dropdown",
    iconName: "settings",
    ariaLabel: "Theme",
    title: "Theme",
    items: THEMES.map(([id, text]) => ({ id, text, itemType: "checkbox" as const, checked: id === choice })),
    onItemClick: ({ detail }) => {
      const chosen = THEMES.find(([id]) => id === detail.id);
      if (chosen !== undefined) chooseTheme(chosen[0]);
    },
  };
}

function helpUtility(onHelp: () => void): TopNavigationProps.Utility {
  return {
    type: "button",
    iconName: "keyboard",
    ariaLabel: "Keyboard shortcuts",
    title: "Keyboard shortcuts",
    onClick: onHelp,
  };
}

function usePersonUtility(): TopNavigationProps.Utility | null {
  const standing = useStanding();
  const { pathname, search } = useLocation();
  if (standing.kind !== "signed-in") return null;
  const { person, local } = standing;
  const other = person.mayChange ? "viewer" : "operator";
  return {
    type: "menu-dropdown",
    text: person.name,
    description: person.groups.length > 0 ? person.groups.join(", ") : "in no group",
    iconName: "user-profile",
    items: [
      ...(local ? [{ id: "other", text: `Sign in as the local ${other}` }] : []),
      { id: "sign-out", text: "Sign out" },
    ],
    onItemClick: ({ detail }) => {
      if (detail.id === "sign-out") void session.signOut();
      if (detail.id === "other") void session.signIn(`${pathname}${search}`, other);
    },
  };
}
