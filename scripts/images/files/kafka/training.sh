# What the Kafka image is for: one node with TLS, SCRAM and ACLs, and its tools at work on it. Run while the image is
# built, to see which classes are loaded.
log=-Dlog4j2.configurationFile=/tmp/log4j2.yaml
fast='-Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1'
kafka() { java $fast $log "$@"; }
tool() { local class=$1; shift; kafka "org.apache.kafka.tools.$class" --bootstrap-server localhost:9092 "$@"; }

cat > log4j2.yaml << 'EOF'
Configuration:
  Appenders: { Console: { name: OUT, PatternLayout: { pattern: "[%d] %p %m (%c)%n" } } }
  Loggers: { Root: { level: INFO, AppenderRef: [{ ref: OUT }] } }
EOF
store='-alias node -keystore node.p12 -storepass changeit'
keytool -genkeypair -keyalg RSA -dname CN=node -ext san=dns:localhost $store 2> /dev/null
keytool -exportcert -rfc -file ca.pem $store 2> /dev/null
tls='ssl.keystore.type=PKCS12 ssl.keystore.location=/tmp/node.p12 ssl.keystore.password=changeit
	ssl.key.password=changeit ssl.truststore.type=PEM ssl.truststore.location=/tmp/ca.pem'
jaas='org.apache.kafka.common.security.scram.ScramLoginModule required'

mkdir default mounted final
cp log4j2.yaml default/log4j2.yaml
cp log4j2.yaml default/tools-log4j2.yaml
printf '%s\n' $tls security.protocol=SSL > admin.properties
printf '%s\n' $tls security.protocol=SASL_SSL sasl.mechanism=SCRAM-SHA-512 \
	"sasl.jaas.config=$jaas username=\"user\" password=\"secret\";" > user.properties
printf '%s\n' $tls process.roles=broker,controller node.id=1 log.dirs=/tmp/data \
	controller.quorum.voters=1@localhost:9093 \
	listeners=INTERNAL://localhost:9092,CONTROLLER://localhost:9093,EXTERNAL://localhost:9094 \
	listener.security.protocol.map=INTERNAL:SSL,CONTROLLER:SSL,EXTERNAL:SASL_SSL ssl.client.auth=required \
	inter.broker.listener.name=INTERNAL controller.listener.names=CONTROLLER \
	sasl.enabled.mechanisms=SCRAM-SHA-512 "listener.name.external.scram-sha-512.sasl.jaas.config=$jaas;" \
	authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer 'super.users=User:CN=node;User:user' \
	offsets.topic.replication.factor=1 offsets.topic.num.partitions=1 > mounted/server.properties

# Formats the volume too; once more, for the first SCRAM user, from an argument file.
export CLUSTER_ID=AAAAAAAAAAAAAAAAAAAAAA
KAFKA_NUM_PARTITIONS=1 kafka kafka.docker.KafkaDockerWrapper setup -D default -M mounted -F final
rm -r data
printf '%s\n' format "--cluster-id=$CLUSTER_ID" --config=final/server.properties \
	'--add-scram=SCRAM-SHA-512=[name=user,password=secret]' > arguments
kafka kafka.tools.StorageTool @arguments

kafka kafka.Kafka final/server.properties > server.log 2>&1 &
server=$!
trap 'code=$?; [ "$code" = 0 ] || tail -n 40 server.log >&2' EXIT
tool TopicCommand --command-config admin.properties --create --topic t --partitions 1 --replication-factor 1
tool TopicCommand --command-config admin.properties --describe
tool ConfigCommand --command-config admin.properties --alter --entity-type users --entity-name other \
	--add-config 'SCRAM-SHA-512=[password=x]'
tool MetadataQuorumCommand --command-config admin.properties describe --status
tool BrokerApiVersionsCommand --command-config admin.properties > api.log
tools=org.apache.kafka.tools
kafka $tools.ClusterTool list-endpoints --bootstrap-server localhost:9092 --config admin.properties
user='--bootstrap-server localhost:9094 --topic t --command-config user.properties'
echo record | kafka $tools.ConsoleProducer $user
kafka $tools.consumer.ConsoleConsumer $user --group g --from-beginning --max-messages 1 --timeout-ms 60000 |
	grep -x record
kill "$server"
code=0
wait "$server" || code=$?
[ "$code" = 0 ] || [ "$code" = 143 ]
