// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads and writes the mark of rapido's network devices. */
#include "net/host/net-mark.h"

static bool parse_words(struct net_mark *mark, const struct strvec *words)
{
	if ((words->nr != 2 && words->nr != 5) || !streq(words->v[0], "rapido") ||
	    !net_name_is_valid(words->v[1]))
		return false;
	strcpy(mark->bridge, words->v[1]);
	if (words->nr == 2)
		return true;
	if (!streq(words->v[2], "uplink") || !net_name_is_valid(words->v[3]))
		return false;
	strcpy(mark->uplink, words->v[3]);
	mark->uplink_was_up = streq(words->v[4], "up");
	return mark->uplink_was_up || streq(words->v[4], "down");
}

bool net_mark_parse(struct net_mark *mark, const char *alias)
{
	struct strvec words = STRVEC_INIT;
	bool is_mark;

	*mark = (struct net_mark){ .uplink_was_up = false };
	strvec_split(&words, alias ? alias : "", " ");
	is_mark = parse_words(mark, &words);
	if (!is_mark)
		*mark = (struct net_mark){ .uplink_was_up = false };
	strvec_release(&words);
	return is_mark;
}

char *net_mark_text(const struct net_mark *mark, char *text)
{
	if (mark->uplink[0])
		snprintf(text, NET_MARK_TEXT, "rapido %s uplink %s %s", mark->bridge,
			 mark->uplink, mark->uplink_was_up ? "up" : "down");
	else
		snprintf(text, NET_MARK_TEXT, "rapido %s", mark->bridge);
	return text;
}

static bool has_mark(const struct net_link *link, const char *bridge)
{
	struct net_mark mark;

	return link && net_mark_parse(&mark, link->alias) && streq(mark.bridge, bridge);
}

/* The rapido that made it was killed before it could mark it. */
static bool is_unfinished(const struct net_link *link)
{
	return !link->alias && link->group == NET_GROUP_UNFINISHED;
}

bool net_mark_is_bridge(const struct net_link *link, const char *bridge)
{
	return link && streq(link->kind, "bridge") && streq(link->name, bridge) &&
	       (has_mark(link, bridge) || is_unfinished(link));
}

bool net_mark_is_tap(const struct net_link *link, const char *bridge)
{
	return has_mark(link, bridge) && link->is_tap;
}

void net_mark_bridges(const struct net_state *state, struct strvec *bridges)
{
	for (size_t i = 0; i < state->nr_links; i++) {
		const struct net_link *link = &state->links[i];
		struct net_mark mark;
		bool is_ours;

		net_mark_parse(&mark, link->alias);
		is_ours = net_mark_is_bridge(link, link->name) ||
			  net_mark_is_tap(link, mark.bridge);
		if (is_ours &&
		    !strvec_has(bridges, *mark.bridge ? mark.bridge : link->name))
			strvec_push(bridges, *mark.bridge ? mark.bridge : link->name);
	}
}
