# Read by zkServer.sh and zkCli.sh. Paths come from the image's environment.
ZOOCFGDIR=${ZOOCFGDIR:-$ZOO_CONF_DIR}
ZOOCFG=${ZOOCFG:-$ZOOCFGDIR/zoo.cfg}
JAVA=$JAVA_HOME/bin/java
# LAB_JVMFLAGS is the image's own, for a quick start; what the operator gives comes after it and wins.
SERVER_JVMFLAGS="-Xmx${ZK_SERVER_HEAP:-1000}m ${LAB_JVMFLAGS-} ${SERVER_JVMFLAGS-}"
CLIENT_JVMFLAGS="-Xmx${ZK_CLIENT_HEAP:-256}m ${LAB_JVMFLAGS-} ${CLIENT_JVMFLAGS-}"
jars=/usr/share/java
# zookeeper.jar's manifest names what it needs, save for the logger behind slf4j and the servlet API of its admin server.
CLASSPATH="$ZOOCFGDIR:/etc/zookeeper/conf:$jars/zookeeper.jar:$jars/slf4j-log4j12.jar:$jars/log4j-1.2.jar:$jars/servlet-api.jar:$jars/jetty9-util-ajax.jar${CLASSPATH:+:$CLASSPATH}"
