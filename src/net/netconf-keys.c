// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The names of all sections and keys in systemd.network(5) of version 252, of some that
 * were removed before it, and of some that came later. Their meaning is not known here.
 */
#include "netconf-keys.h"

static const struct {
	const char *section, *keys;
} sections[] = {
	{ "Match", "MACAddress PermanentMACAddress Path Driver Type Kind "
		   "Property Name WLANInterfaceType SSID BSSID Host "
		   "Virtualization KernelCommandLine KernelVersion Credential "
		   "Architecture Firmware" },
	{ "Link", "MACAddress MTUBytes ARP Multicast AllMulticast Promiscuous "
		  "Unmanaged Group RequiredForOnline RequiredFamilyForOnline "
		  "ActivationPolicy" },
	{ "SR-IOV", "VirtualFunction VLANId QualityOfService VLANProtocol "
		    "MACSpoofCheck QueryReceiveSideScaling Trust LinkState "
		    "MACAddress" },
	{ "Network", "Description DHCP DHCPServer LinkLocalAddressing "
		     "IPv6LinkLocalAddressGenerationMode IPv6StableSecretAddress "
		     "IPv4LLStartAddress IPv4LLRoute DefaultRouteOnDevice LLMNR "
		     "MulticastDNS DNSOverTLS DNSSEC DNSSECNegativeTrustAnchors "
		     "LLDP EmitLLDP BindCarrier Address Gateway DNS Domains "
		     "DNSDefaultRoute NTP IPForward IPMasquerade "
		     "IPv6PrivacyExtensions IPv6AcceptRA "
		     "IPv6DuplicateAddressDetection IPv6HopLimit IPv4AcceptLocal "
		     "IPv4RouteLocalnet IPv4ProxyARP IPv6ProxyNDP "
		     "IPv6ProxyNDPAddress IPv6SendRA DHCPPrefixDelegation "
		     "IPv6MTUBytes KeepMaster BatmanAdvanced Bond Bridge VRF IPoIB "
		     "IPVLAN IPVTAP MACsec MACVLAN MACVTAP Tunnel VLAN VXLAN Xfrm "
		     "ActiveSlave PrimarySlave ConfigureWithoutCarrier "
		     "IgnoreCarrierLoss KeepConfiguration IPv4LL "
		     "IPv6AcceptRouterAdvertisements IPv6PrefixDelegation "
		     "IPv6Token ProxyARP IPv4Forwarding IPv6Forwarding "
		     "IPv4ReversePathFilter IPv6RetransmissionTimeSec UseDomains" },
	{ "Address", "Address Peer Broadcast Label PreferredLifetime Scope "
		     "RouteMetric HomeAddress DuplicateAddressDetection "
		     "ManageTemporaryAddress AddPrefixRoute AutoJoin NetLabel" },
	{ "Neighbor", "Address LinkLayerAddress" },
	{ "IPv6AddressLabel", "Label Prefix" },
	{ "RoutingPolicyRule", "TypeOfService From To FirewallMark Table Priority "
			       "IncomingInterface OutgoingInterface SourcePort "
			       "DestinationPort IPProtocol InvertRule Family User "
			       "SuppressPrefixLength SuppressInterfaceGroup Type" },
	{ "NextHop", "Id Gateway Family OnLink Blackhole Group" },
	{ "Route", "Gateway GatewayOnLink Destination Source Metric "
		   "IPv6Preference Scope PreferredSource Table Protocol Type "
		   "InitialCongestionWindow InitialAdvertisedReceiveWindow "
		   "QuickAck FastOpenNoCookie TTLPropagate MTUBytes "
		   "TCPAdvertisedMaximumSegmentSize "
		   "TCPCongestionControlAlgorithm MultiPathRoute NextHop" },
	{ "DHCPv4", "SendHostname Hostname MUDURL ClientIdentifier "
		    "VendorClassIdentifier UserClass DUIDType DUIDRawData IAID "
		    "Anonymize RequestOptions SendOption SendVendorOption "
		    "IPServiceType Label UseDNS RoutesToDNS UseNTP RoutesToNTP "
		    "UseSIP UseMTU UseHostname UseDomains UseRoutes RouteMetric "
		    "RouteTable RouteMTUBytes UseGateway UseTimezone Use6RD "
		    "FallbackLeaseLifetimeSec RequestBroadcast MaxAttempts "
		    "ListenPort DenyList AllowList SendRelease SendDecline "
		    "NetLabel" },
	{ "DHCPv6", "MUDURL IAID DUIDType DUIDRawData RequestOptions SendOption "
		    "SendVendorOption UserClass VendorClass PrefixDelegationHint "
		    "RapidCommit UseAddress UseDelegatedPrefix UseDNS UseNTP "
		    "UseHostname UseDomains NetLabel WithoutRA" },
	{ "DHCPPrefixDelegation", "UplinkInterface SubnetId Announce Assign Token "
				  "ManageTemporaryAddress RouteMetric NetLabel" },
	{ "IPv6AcceptRA", "Token UseDNS UseDomains RouteTable RouteMetric UseMTU "
			  "UseGateway UseRoutePrefix UseAutonomousPrefix "
			  "UseOnLinkPrefix RouterDenyList RouterAllowList "
			  "PrefixDenyList PrefixAllowList RouteDenyList RouteAllowList "
			  "DHCPv6Client NetLabel" },
	{ "DHCPServer", "ServerAddress PoolOffset PoolSize DefaultLeaseTimeSec "
			"MaxLeaseTimeSec UplinkInterface EmitDNS DNS EmitNTP NTP "
			"EmitSIP SIP EmitPOP3 POP3 EmitSMTP SMTP EmitLPR LPR "
			"EmitRouter Router EmitTimezone Timezone BootServerAddress "
			"BootServerName BootFilename SendOption SendVendorOption "
			"BindToInterface RelayTarget RelayAgentCircuitId "
			"RelayAgentRemoteId" },
	{ "DHCPServerStaticLease", "MACAddress Address" },
	{ "IPv6SendRA", "Managed OtherInformation RouterLifetimeSec RouterPreference "
			"UplinkInterface EmitDNS DNS EmitDomains Domains "
			"DNSLifetimeSec" },
	{ "IPv6Prefix", "AddressAutoconfiguration OnLink Prefix PreferredLifetimeSec "
			"ValidLifetimeSec Assign Token RouteMetric" },
	{ "IPv6RoutePrefix", "Route LifetimeSec" },
	{ "Bridge", "UnicastFlood MulticastFlood MulticastToUnicast "
		    "NeighborSuppression Learning HairPin Isolated UseBPDU "
		    "FastLeave AllowPortToBeRoot ProxyARP ProxyARPWiFi "
		    "MulticastRouter Cost Priority" },
	{ "BridgeFDB", "MACAddress Destination VLANId VNI AssociatedWith "
		       "OutgoingInterface" },
	{ "BridgeMDB", "MulticastGroupAddress VLANId" },
	{ "LLDP", "MUDURL" },
	{ "CAN", "BitRate SamplePoint TimeQuantaNSec PropagationSegment "
		 "PhaseBufferSegment1 PhaseBufferSegment2 SyncJumpWidth "
		 "DataBitRate DataSamplePoint DataTimeQuantaNSec "
		 "DataPropagationSegment DataPhaseBufferSegment1 "
		 "DataPhaseBufferSegment2 DataSyncJumpWidth FDMode FDNonISO "
		 "RestartSec Termination TripleSampling BusErrorReporting "
		 "ListenOnly Loopback OneShot PresumeAck ClassicDataLengthCode "
		 "PresumeACK" },
	{ "IPoIB", "Mode IgnoreUserspaceMulticastGroup "
		   "IgnoreUserspaceMulticastGroups" },
	{ "QDisc", "Parent Handle" },
	{ "NetworkEmulator", "Parent Handle DelaySec DelayJitterSec PacketLimit LossRate "
			     "DuplicateRate" },
	{ "TokenBucketFilter",
	  "Parent Handle LatencySec LimitBytes BurstBytes Rate MPUBytes "
	  "PeakRate MTUBytes" },
	{ "PIE", "Parent Handle PacketLimit" },
	{ "FlowQueuePIE", "Parent Handle PacketLimit" },
	{ "StochasticFairBlue", "Parent Handle PacketLimit" },
	{ "StochasticFairnessQueueing", "Parent Handle PerturbPeriodSec" },
	{ "BFIFO", "Parent Handle LimitBytes" },
	{ "PFIFO", "Parent Handle PacketLimit" },
	{ "PFIFOHeadDrop", "Parent Handle PacketLimit" },
	{ "PFIFOFast", "Parent Handle" },
	{ "CAKE", "Parent Handle Bandwidth AutoRateIngress OverheadBytes "
		  "MPUBytes CompensationMode UseRawPacketSize FlowIsolationMode "
		  "NAT PriorityQueueingPreset FirewallMark Wash SplitGSO" },
	{ "ControlledDelay", "Parent Handle PacketLimit TargetSec IntervalSec ECN "
			     "CEThresholdSec" },
	{ "DeficitRoundRobinScheduler", "Parent Handle" },
	{ "DeficitRoundRobinSchedulerClass", "Parent ClassId QuantumBytes" },
	{ "EnhancedTransmissionSelection",
	  "Parent Handle Bands StrictBands QuantumBytes PriorityMap" },
	{ "GenericRandomEarlyDetection",
	  "Parent Handle VirtualQueues DefaultVirtualQueue GenericRIO" },
	{ "FairQueueingControlledDelay",
	  "Parent Handle PacketLimit MemoryLimitBytes Flows TargetSec "
	  "IntervalSec QuantumBytes ECN CEThresholdSec" },
	{ "FairQueueing", "Parent Handle PacketLimit FlowLimit QuantumBytes "
			  "InitialQuantumBytes MaximumRate Buckets OrphanMask Pacing "
			  "CEThresholdSec" },
	{ "TrivialLinkEqualizer", "Parent Handle Id" },
	{ "HierarchyTokenBucket", "Parent Handle DefaultClass RateToQuantum" },
	{ "HierarchyTokenBucketClass",
	  "Parent ClassId Priority QuantumBytes MTUBytes OverheadBytes "
	  "Rate CeilRate BufferBytes CeilBufferBytes" },
	{ "HeavyHitterFilter", "Parent Handle PacketLimit" },
	{ "QuickFairQueueing", "Parent Handle" },
	{ "QuickFairQueueingClass", "Parent ClassId Weight MaxPacketBytes" },
	{ "BridgeVLAN", "VLAN EgressUntagged PVID" },
	{ "DHCP", "Anonymize ClientIdentifier CriticalConnection DUIDRawData "
		  "DUIDType ForceDHCPv6PDOtherInformation Hostname IAID "
		  "ListenPort RapidCommit RequestBroadcast RouteMetric "
		  "RouteTable SendHostname UseDNS UseDomainName UseDomains "
		  "UseHostname UseMTU UseNTP UseRoutes UseTimezone UserClass "
		  "VendorClassIdentifier" },
	{ "IPv6PrefixDelegation",
	  "DNS DNSLifetimeSec Domains EmitDNS EmitDomains Managed "
	  "OtherInformation RouterLifetimeSec RouterPreference" },
};

/* The length of the first of @keys, which have spaces between them. */
static size_t first_length(const char *keys)
{
	return strcspn(keys, " ");
}

static const char *rest(const char *keys)
{
	keys += first_length(keys);
	return *keys ? keys + 1 : keys;
}

static const char *find_keys(const char *section)
{
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (streq(sections[i].section, section))
			return sections[i].keys;
	return NULL;
}

static bool has_key(const char *keys, const char *key)
{
	for (; keys && *keys; keys = rest(keys))
		if (first_length(keys) == strlen(key) &&
		    strncmp(keys, key, strlen(key)) == 0)
			return true;
	return false;
}

bool netconf_section_is_known(const char *section)
{
	return find_keys(section) != NULL;
}

bool netconf_key_is_known(const char *section, const char *key)
{
	return has_key(find_keys(section), key);
}

const char *netconf_key_home(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (has_key(sections[i].keys, key))
			return sections[i].section;
	return NULL;
}

const char *netconf_section_nearest(const char *section)
{
	struct nearest nearest = NEAREST_INIT(section);

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		nearest_try(&nearest, sections[i].section);
	return nearest.found;
}

char *netconf_key_nearest(const char *section, const char *key)
{
	struct nearest nearest = NEAREST_INIT(key);
	char *found = NULL;

	for (const char *k = find_keys(section); k && *k; k = rest(k)) {
		_cleanup_free_ char *name = xstrndup(k, first_length(k));

		if (!nearest_try(&nearest, name))
			continue;
		free(found);
		found = TAKE_PTR(name);
	}
	return found;
}
